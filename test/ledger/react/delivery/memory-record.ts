import type { Attempt, DeliveryRecord, Message, Outstanding } from '../../../../src/ledger/react/delivery/record.ts';

/** A record as a caller would keep it, in memory, that can be away. */
export class MemoryRecord implements DeliveryRecord {
  readonly attempts: Attempt[] = [];
  away = false;
  private readonly messages = new Map<string, Outstanding>();

  /** Puts a message on record, due at once. */
  async add(message: Message): Promise<void> {
    this.ask();
    if (!this.messages.has(message.id)) this.messages.set(message.id, { message, attempts: 0, dueAt: message.at });
  }

  async next(channel: string): Promise<Outstanding | undefined> {
    this.ask();
    return this.outstanding(channel)[0];
  }

  async attempted(attempt: Attempt): Promise<void> {
    this.ask();
    const known = this.messages.get(attempt.messageId);
    if (!known || known.attempts >= attempt.number) return;
    this.attempts.push(attempt);
    const dueAt = attempt.fate.kind === 'due' ? attempt.fate.at : Number.POSITIVE_INFINITY;
    this.messages.set(attempt.messageId, { ...known, attempts: attempt.number, dueAt });
  }

  outstanding(channel: string): Outstanding[] {
    return [...this.messages.values()]
      .filter(({ message, dueAt }) => message.channel === channel && dueAt !== Number.POSITIVE_INFINITY)
      .sort((a, b) => a.dueAt - b.dueAt);
  }

  of(messageId: string): Attempt[] {
    return this.attempts.filter((attempt) => attempt.messageId === messageId);
  }

  private ask(): void {
    if (this.away) throw new Error('the record is away');
  }
}
