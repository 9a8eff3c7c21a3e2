import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api, type Schemas } from '../api/client.ts';
import { Button } from '../parts/button.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Panel } from '../parts/page.tsx';
import { EmptyState, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { count, counted } from '../parts/words.ts';
import { type Difference, differencesOf, lastSent, type Version } from './differences.ts';
import styles from './file.module.css';
import { breachFile } from './query.ts';

type File = Schemas['BreachFile'];

/** As what it was given. */
export const FORMATS: Readonly<Record<Version['format'], string>> = {
  json: 'Read, or taken as JSON',
  pdf: 'Downloaded as PDF',
  csv: 'Downloaded: people as CSV',
};

/** Who was given the file before, as of which position, and what it says otherwise now. */
export const Versions = ({ file }: { readonly file: File }) => {
  const { incidentId, position } = file;
  const [against, setAgainst] = useState<number>();
  const query = useQuery({
    queryKey: ['file-versions', incidentId, position],
    queryFn: () => answered(api.GET('/v1/incidents/{incidentId}/file/versions', { params: { path: { incidentId } } })),
  });
  const columns: readonly Column<Version & { readonly index: number }>[] = [
    { key: 'at', header: 'Given', names: true, cell: ({ at }) => <Time at={at} both /> },
    { key: 'format', header: 'As', cell: ({ format }) => FORMATS[format] },
    { key: 'reader', header: 'To', cell: ({ readerId }) => <CopyId id={readerId} of="person" /> },
    { key: 'position', header: 'Position', align: 'end', cell: ({ position: at }) => count(at) },
    {
      key: 'compare',
      header: 'Acts',
      unseenHeader: true,
      cell: ({ position: at }) =>
        at !== position && (
          <Button onPress={() => setAgainst(at)} aria-label={`Compare with position ${at}`}>
            Compare
          </Button>
        ),
    },
  ];
  return (
    <Panel title="Versions">
      <Shown query={query} what="who was given it">
        {({ items }) => {
          const sent = lastSent(items, position);
          return (
            <div className={styles.versions}>
              {sent && (
                <p>
                  The last version that was downloaded before is of position <strong>{count(sent.position)}</strong>,{' '}
                  <Time at={sent.at} both />.{' '}
                  <Button onPress={() => setAgainst(sent.position)}>Compare with the last download</Button>
                </p>
              )}
              {against !== undefined && <Differences file={file} position={against} key={against} />}
              {items.length === 0 ? (
                <EmptyState title="No one was given the file before" />
              ) : (
                <DataTable
                  label="Versions"
                  rows={items.map((item, index) => ({ ...item, index }))}
                  keyOf={({ index }) => String(index)}
                  columns={columns}
                />
              )}
              <p className={styles.quiet}>To compare, the earlier version is read once more, and that is on record.</p>
            </div>
          );
        }}
      </Shown>
    </Panel>
  );
};

const differences: readonly Column<Difference>[] = [
  { key: 'what', header: 'What', names: true, cell: ({ what }) => what },
  { key: 'before', header: 'Then', cell: ({ before }) => before },
  { key: 'after', header: 'Now', cell: ({ after }) => after },
];

const Differences = ({ file, position }: { readonly file: File; readonly position: number }) => {
  const earlier = useQuery(breachFile(file.incidentId, position));
  return (
    <Shown query={earlier} what="the earlier version">
      {(before) => {
        const [then, now] = before.position <= file.position ? [before, file] : [file, before];
        const rows = differencesOf(then, now);
        return (
          <section aria-label="Differences" className={styles.versions}>
            <h3>
              From position {count(then.position)} to {count(now.position)}: {counted(rows.length, 'difference')}
            </h3>
            {rows.length === 0 ? (
              <p>Both say the same.</p>
            ) : (
              <DataTable label="Differences" rows={rows} keyOf={({ what }) => what} columns={differences} />
            )}
          </section>
        );
      }}
    </Shown>
  );
};
