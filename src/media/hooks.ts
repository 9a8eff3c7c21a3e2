import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.ts';
import type { Cause } from '../ledger/ledger.ts';
import { LiveKit } from './livekit.ts';
import { MediaSessions } from './sessions.ts';
import { heardSigned, type SignedMessage } from './signed-hook.ts';

export type FromMediaServer =
  | { readonly connection: 'livekit'; readonly body: string; readonly authorization: string | undefined }
  | ({ readonly connection: 'signed' } & SignedMessage);

/** Takes down what media servers tell, and nothing else: what follows from it is no matter of the answer. */
@Injectable()
export class Hooks {
  constructor(
    private readonly livekit: LiveKit,
    private readonly sessions: MediaSessions,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws MediaUnavailable, Unauthenticated, ValidationFailed, LedgerUnavailable */
  async hear(message: FromMediaServer, cause: Cause): Promise<void> {
    const told =
      message.connection === 'livekit'
        ? await this.livekit.heard(message.body, message.authorization)
        : heardSigned(message, this.config.media.webhookSecrets);
    if (told) await this.sessions.hear(told, cause);
  }
}
