import type { Provider, Type } from '@nestjs/common';
import { Command, CommandHandler, type CommandResult } from '@nestjs/cqrs';
import type { Cause } from '../ledger/ledger.ts';

/** A change that is asked for from outside: what, who and why, and the revision the caller saw. One subclass a kind, counted under its name. */
export class Change<Input, Result> extends Command<Result> {
  constructor(
    readonly input: Input,
    readonly cause: Cause,
    readonly ifMatch?: number | undefined,
  ) {
    super();
  }
}

/**
 * How a kind of change is carried out, as one row of its capability's table.
 * @returns a provider for the module of the capability; Nest's `CommandBus` finds it there
 */
export function handles<C extends Change<unknown, unknown>, Service>(
  kind: Type<C>,
  service: Type<Service>,
  carryOut: (service: Service, change: C) => Promise<CommandResult<C>>,
): Provider {
  @CommandHandler(kind)
  class Handler {
    constructor(private readonly service: Service) {}

    execute(change: C): Promise<CommandResult<C>> {
      return carryOut(this.service, change);
    }
  }
  return { provide: Handler, useFactory: (instance: Service) => new Handler(instance), inject: [service] };
}
