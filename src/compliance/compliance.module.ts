import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.ts';
import { ConsultationsModule } from '../consultations/consultations.module.ts';
import { AccessesController } from './accesses/accesses.controller.ts';
import { Accesses } from './accesses/accesses.ts';

/** What can be shown afterwards, from the ledger alone: who saw what of whom. */
@Module({
  imports: [ConsultationsModule, AccessModule],
  controllers: [AccessesController],
  providers: [Accesses],
})
export class ComplianceModule {}
