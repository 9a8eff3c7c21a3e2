import { Injectable } from '@nestjs/common';
import { project } from '../../projections/projection.ts';
import { type RecordingAccess, recordingAccess } from '../../projections/recording-access.ts';
import type { PatientEvent } from '../events/patient-events.ts';
import type { LiveFolds } from '../ledger/folds.ts';
import { Ledger } from '../ledger/ledger.ts';

/** Who takes part in what, as the second key knows it: folded apart from what commands decide on and lists are made of. */
@Injectable()
export class AccessRecord {
  readonly folds: LiveFolds<RecordingAccess, PatientEvent>;

  constructor(ledger: Ledger) {
    this.folds = ledger.folds<RecordingAccess, PatientEvent>('patient-', {
      initial: recordingAccess.initial,
      evolve: (access, event) => project(recordingAccess, access, event),
    });
  }
}
