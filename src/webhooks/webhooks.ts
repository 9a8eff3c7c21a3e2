import { isIP } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { webhooksStream } from '../../events/categories.ts';
import type { WebhookEvent } from '../../events/webhook-events.ts';
import { registeredWebhooks, type TrackedWebhook, type Webhook } from '../../projections/webhooks.ts';
import { Clock } from '../clock.ts';
import { CONFIG, type Config } from '../config/config.ts';
import { ValidationFailed } from '../http/problems.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { type Cause, Ledger } from '../ledger/ledger.ts';
import { AddressRule } from '../ledger/react/delivery/addresses.ts';
import { NotYet } from '../ledger/react/persistent-group.ts';
import type { ReadModel } from '../ledger/read/read-model.ts';
import { ReadModels } from '../ledger/read/read-models.ts';
import { MOST_WEBHOOKS, register, remove, rotate } from './decide.ts';
import { anotherSigningKey, noSigningKey, WebhookNotFound } from './errors.ts';
import { type RegisteredWebhooks, webhooksFold } from './evolve.ts';
import { Secrets } from './secrets.ts';

/** A webhook with its secret, which is shown in this answer alone. */
export type Registered = { readonly webhook: TrackedWebhook; readonly secret: string };

const HOUR_MS = 3_600_000;
const SHOWN_WITHIN_MS = 2_000;

/** Where product events are sent: registered, rotated and removed by officers. */
@Injectable()
export class Webhooks {
  /** Undefined without the setting that they are derived from. */
  readonly secrets: Secrets | undefined;
  private readonly folds: LiveFolds<RegisteredWebhooks, WebhookEvent>;
  private readonly model: ReadModel<TrackedWebhook, WebhookEvent>;
  private readonly addresses: AddressRule;
  private reading: Promise<unknown> = Promise.resolve();
  private nextReading: Promise<RegisteredWebhooks> | undefined;

  constructor(
    private readonly ledger: Ledger,
    models: ReadModels,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    const { signingKey, allowedAddresses } = config.webhooks;
    this.secrets = signingKey === undefined ? undefined : new Secrets(signingKey);
    this.addresses = new AddressRule(allowedAddresses);
    this.folds = ledger.folds(webhooksStream, webhooksFold, 1);
    this.model = models.of(registeredWebhooks);
  }

  /**
   * The answer to a repeated command shows the same secret again: it is derived.
   * @throws ValidationFailed, TooManyWebhooks, WebhooksUnavailable, LedgerUnavailable
   */
  async register(
    { url, types }: { readonly url: string; readonly types: readonly string[] },
    cause: Cause,
  ): Promise<Registered> {
    const secrets = this.needed();
    this.assertAddress(new URL(url));
    const webhookId = uuidv7();
    const webhook = { webhookId, url, types: [...types], secretDigest: secrets.digestOf(webhookId, 1) };
    return this.change((webhooks) => register(webhooks, webhook), cause);
  }

  /** @throws WebhookNotFound, WebhooksUnavailable, LedgerUnavailable */
  async rotate(
    { webhookId, overlapHours }: { readonly webhookId: string; readonly overlapHours: number },
    cause: Cause,
  ): Promise<Registered> {
    const secrets = this.needed();
    const overlapUntil = new Date(this.clock.now() + overlapHours * HOUR_MS).toISOString();
    const digestOf = (generation: number) => secrets.digestOf(webhookId, generation);
    return this.change((webhooks) => {
      const webhook = webhooks.get(webhookId);
      // From another setting: the receiver would be signed to with a secret before that it never had.
      if (webhook && !secrets.fits(webhook)) throw anotherSigningKey();
      return rotate(webhooks, { webhookId, overlapUntil }, digestOf);
    }, cause);
  }

  /** From now on nothing is sent there. @throws WebhookNotFound, LedgerUnavailable */
  async remove(webhookId: string, cause: Cause): Promise<void> {
    const decide = (webhooks: RegisteredWebhooks) => remove(webhooks, webhookId);
    const { revision } = await this.ledger.handle(this.folds, webhooksStream.stream, decide, cause);
    await this.model.untilShown(webhookId, revision, SHOWN_WITHIN_MS);
  }

  /** @throws WebhookNotFound, LedgerUnavailable */
  get(webhookId: string): TrackedWebhook {
    const webhook = this.model.get(webhookId);
    if (webhook?.status !== 'active') throw new WebhookNotFound();
    return webhook;
  }

  /** All there are, newest first. @throws LedgerUnavailable */
  list(): readonly TrackedWebhook[] {
    return this.model.page({ shelf: 'active', limit: MOST_WEBHOOKS }).items.map(({ view }) => view);
  }

  /** Hears of every change once all that is there is known. */
  listen(listener: (webhook: TrackedWebhook) => void): () => void {
    return this.model.listen(({ after }) => listener(after));
  }

  /** Waits until all that is there is known. */
  current(limitMs: number): Promise<boolean> {
    return this.model.current(limitMs);
  }

  /**
   * The webhooks as of a moment after the call: an event that was recorded after a registration never misses it. Callers that come while
   * the stream is being read share the next reading.
   * @throws LedgerUnavailable
   */
  async known(): Promise<RegisteredWebhooks> {
    this.nextReading ??= this.reading
      .catch(() => undefined)
      .then(() => {
        this.nextReading = undefined;
        const reading = this.folds.refresh(webhooksStream.stream);
        this.reading = reading;
        return reading;
      })
      .then(({ state }) => state);
    return this.nextReading;
  }

  /** The position after which events are sent to a webhook. @throws NotYet, LedgerUnavailable */
  sinceOf({ webhookId }: Webhook): bigint {
    const webhook = this.model.get(webhookId);
    if (!webhook) throw new NotYet(`this instance does not know from where on webhook ${webhookId} is told`);
    return BigInt(webhook.since);
  }

  /** @throws WebhooksUnavailable */
  needed(): Secrets {
    if (!this.secrets) throw noSigningKey();
    return this.secrets;
  }

  private async change(
    decide: (webhooks: RegisteredWebhooks) => readonly WebhookEvent[],
    cause: Cause,
  ): Promise<Registered> {
    const { events, revision, state } = await this.ledger.handle(this.folds, webhooksStream.stream, decide, cause);
    const [webhookId = ''] = events.map(({ data }) => data.webhookId);
    const webhook = state.get(webhookId);
    if (!webhook) throw new WebhookNotFound();
    const secrets = this.needed();
    if (!secrets.fits(webhook)) throw anotherSigningKey();
    await this.model.untilShown(webhookId, revision, SHOWN_WITHIN_MS);
    return { webhook: this.get(webhookId), secret: secrets.of(webhookId, webhook.generation) };
  }

  /** What a host's name stands for is checked with every attempt; an address is what it is. @throws ValidationFailed */
  private assertAddress({ protocol, hostname }: URL): void {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const refused = (message: string) => new ValidationFailed([{ path: 'url', message }]);
    if (protocol !== 'https:' && !this.config.webhooks.allowHttp) throw refused('must begin with https://');
    if (isIP(host) !== 0 && !this.addresses.mayConnect(host, host))
      throw refused('has an address that is not public, and WEBHOOK_ALLOWED_ADDRESSES does not allow it');
  }
}
