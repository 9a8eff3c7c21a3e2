import { z } from 'zod';

export const ReactorParams = z.strictObject({ name: z.string().max(64) });

export const StandingSchema = z
  .object({
    name: z.string(),
    version: z.int(),
    group: z.string().describe('the persistent subscription group on the store'),
    available: z.boolean().describe('whether this instance receives events; another one may while it does not'),
    why: z.string().optional().describe('why it does not'),
    waiting: z.int().describe('events that are still to be acted on'),
    parked: z.int().describe('events that were given up on, also by groups of older releases'),
  })
  .meta({ id: 'Reactor' });

export const ReactorsSchema = z.object({ reactors: z.array(StandingSchema) }).meta({ id: 'ReactorList' });
