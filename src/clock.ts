import { Injectable } from '@nestjs/common';

/** The one place that reads the clock; decisions are given the time. */
@Injectable()
export class Clock {
  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now();
  }
}
