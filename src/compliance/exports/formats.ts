import type { ExportFormat } from '../../../events/auditor-events.ts';
import { csv, fhir, ndjson, written } from '../history/formats.ts';
import type { AnsweredRow } from '../history/questions.ts';
import { accountingOf } from './accounting.ts';
import { parquetOf } from './parquet.ts';

/** What a file is called by its receiver. */
export const files: Readonly<Record<ExportFormat, { readonly contentType: string; readonly extension: string }>> = {
  csv: { contentType: csv.contentType, extension: 'csv' },
  ndjson: { contentType: ndjson.contentType, extension: 'ndjson' },
  parquet: { contentType: 'application/vnd.apache.parquet', extension: 'parquet' },
  fhir: { contentType: 'application/fhir+ndjson', extension: 'fhir.ndjson' },
  accounting: { contentType: csv.contentType, extension: 'accounting.csv' },
};

export type Making = {
  readonly fhirSource: string;
  /** Where a format that needs a file of its own has it for a while. */
  readonly dir: string;
  readonly memoryMb: number;
  readonly signal: AbortSignal;
};

type Parts = AsyncIterable<readonly AnsweredRow[]>;

/** The file of rows, oldest first, in parts as they are taken. */
export const contentOf: Readonly<
  Record<ExportFormat, (parts: Parts, making: Making) => AsyncIterable<string | Uint8Array>>
> = {
  csv: (parts) => written(csv, parts),
  ndjson: (parts) => written(ndjson, parts),
  parquet: (parts, making) => parquetOf(written(ndjson, parts), making),
  fhir: (parts, { fhirSource }) => written(fhir(fhirSource), parts),
  accounting: (parts) => accountingOf(parts),
};
