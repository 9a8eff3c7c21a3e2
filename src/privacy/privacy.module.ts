import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.ts';
import { privacyCommands } from './commands.ts';
import { PrivacyController } from './privacy.controller.ts';
import { Privacy } from './privacy.ts';

/** Which accesses to their data patients are told of: by their own choice, and by the holds of compliance. */
@Module({
  imports: [HttpModule],
  controllers: [PrivacyController],
  providers: [Privacy, ...privacyCommands],
  exports: [Privacy],
})
export class PrivacyModule {}
