import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { problemOf } from '../http/problems.ts';
import { Metrics } from '../telemetry/metrics.ts';
import type { Change } from './change.ts';

/**
 * The one way by which a change that is asked for from outside reaches its handler. It measures each, and it is the place where a second
 * person can be asked before anything is carried out.
 */
@Injectable()
export class Commands {
  constructor(
    private readonly bus: CommandBus,
    private readonly metrics: Metrics,
  ) {}

  /** @throws what the handler of the change throws, unchanged */
  async execute<Result>(change: Change<unknown, Result>): Promise<Result> {
    const stop = this.metrics.commandSeconds.startTimer({ command: change.constructor.name });
    try {
      const result = await this.bus.execute(change);
      stop({ outcome: 'done' });
      return result;
    } catch (error) {
      stop({ outcome: outcomeOf(error) });
      throw error;
    }
  }
}

/** By what the caller is answered: 4xx is a refusal, 5xx a failure. */
const outcomeOf = (error: unknown): 'refused' | 'failed' => (problemOf(error, '').status < 500 ? 'refused' : 'failed');
