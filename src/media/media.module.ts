import { Module } from '@nestjs/common';
import { BreachesModule } from '../breaches/breaches.module.ts';
import { ConsultationsModule } from '../consultations/consultations.module.ts';
import { Claims } from './claims.ts';
import { mediaCommands } from './commands.ts';
import { Hooks } from './hooks.ts';
import { LiveKit } from './livekit.ts';
import { MediaController } from './media.controller.ts';
import { Presences } from './presences.ts';
import { MediaSessions } from './sessions.ts';
import { MediaWatch } from './watch.ts';

/** What media servers tell: presence, and files of recorders. */
@Module({
  imports: [BreachesModule, ConsultationsModule],
  controllers: [MediaController],
  providers: [Hooks, LiveKit, MediaSessions, Presences, Claims, MediaWatch, ...mediaCommands],
})
export class MediaModule {}
