import { type DynamicModule, Module } from '@nestjs/common';
import { BreachesModule } from '../breaches/breaches.module.ts';
import type { Config } from '../config/config.ts';
import { ConsultationsModule } from '../consultations/consultations.module.ts';
import { Claims } from './claims.ts';
import { mediaCommands } from './commands.ts';
import { Hooks } from './hooks.ts';
import { LiveKit } from './livekit.ts';
import { MediaController } from './media.controller.ts';
import { Presences } from './presences.ts';
import { MediaSessions } from './sessions.ts';
import { MediaWatch } from './watch.ts';

@Module({
  imports: [BreachesModule, ConsultationsModule],
  controllers: [MediaController],
  providers: [Hooks, LiveKit, MediaSessions, Presences, Claims, ...mediaCommands],
})
class MediaModule {}

/** What media servers tell: presence, and files of recorders. Without one that may tell, nothing of it is watched. */
export const mediaModule = ({ media: { livekit, webhookSecrets } }: Config): DynamicModule => ({
  module: MediaModule,
  providers: livekit || webhookSecrets.length > 0 ? [MediaWatch] : [],
});
