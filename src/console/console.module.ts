import { Module } from '@nestjs/common';
import { Accounts } from './accounts.ts';
import { consoleCommands } from './commands.ts';
import { ConsoleController } from './console.controller.ts';
import { Issuer } from './issuer.ts';
import { SignIns } from './sign-ins.ts';

/** The console's sign-in and its sessions. Its pages are served beside it (`pages.ts`). */
@Module({ controllers: [ConsoleController], providers: [Accounts, Issuer, SignIns, ...consoleCommands] })
export class ConsoleModule {}
