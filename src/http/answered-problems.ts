import { Injectable } from '@nestjs/common';
import type { GuardedRequest } from '../request/guarded-request.ts';
import type { Problem } from './problems.ts';

export type ProblemListener = (request: GuardedRequest, problem: Problem) => void;

/** Every request that is answered with a problem, whatever route it was for: so that what people try is seen in one place. */
@Injectable()
export class AnsweredProblems {
  private readonly listeners = new Set<ProblemListener>();

  /** Calls the listener before each such answer; it must be quick and synchronous, and must not throw. */
  listen(listener: ProblemListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  report(request: GuardedRequest, problem: Problem): void {
    for (const listener of this.listeners) listener(request, problem);
  }
}
