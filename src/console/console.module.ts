import { Module } from '@nestjs/common';
import { ConsoleController } from './console.controller.ts';
import { SignIns } from './sign-ins.ts';

/** The console's sign-in and its sessions. Its pages are served beside it (`pages.ts`). */
@Module({ controllers: [ConsoleController], providers: [SignIns] })
export class ConsoleModule {}
