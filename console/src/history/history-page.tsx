import { type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { Button } from '../parts/button.tsx';
import { Page, Panel } from '../parts/page.tsx';
import { EmptyState, Shown } from '../parts/states.tsx';
import { counted } from '../parts/words.ts';
import { ExposureTimeline } from '../pictures/exposure-timeline.tsx';
import { useTimeZone } from '../pictures/zone.ts';
import { historyOf } from './asked.ts';
import { ExportDialog, Exports } from './exports.tsx';
import { FilterBar } from './filter-bar.tsx';
import { ForCompliance } from './for-compliance.tsx';
import styles from './history.module.css';
import { HistoryTable } from './history-table.tsx';
import { linkOf } from './ids.tsx';
import { LoadMore } from './load-more.tsx';
import { controlsIn, looksOf } from './looks.ts';
import type { HistoryRow, Question } from './question.ts';

const PAGE = 100;

/** Who was shown, opened, received or was refused what: asked by filters, as it was known at any moment, and written into files. */
export const HistoryPage = () => (
  <Page title="Access history">
    <ForCompliance>
      <Asked />
    </ForCompliance>
  </Page>
);

const Asked = () => {
  const question = useSearch({ from: '/shell/history' });
  const navigate = useNavigate();
  const query = useInfiniteQuery(historyOf(question, PAGE));
  const rows = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data]);
  const position = query.data?.pages[0]?.position;
  const [exporting, setExporting] = useState(false);
  const ask = (next: Question) => {
    if (JSON.stringify(next) === JSON.stringify(question)) void query.refetch();
    else void navigate({ to: '/history', search: next });
  };
  return (
    <>
      <FilterBar key={JSON.stringify(question)} question={question} newest={position} onAsk={ask} />
      <Shown query={query} what="the access history">
        {() => (
          <Panel
            title="Rows"
            acts={
              <Button onPress={() => setExporting(true)} isDisabled={rows.length === 0}>
                Export these …
              </Button>
            }
          >
            {rows.length === 0 ? (
              <EmptyState title="No row is like this">
                {Object.keys(question).length === 0
                  ? 'Nothing was shown or opened yet. A row appears within a second of what happens.'
                  : 'Ids are compared whole. Take a filter away to find more.'}
              </EmptyState>
            ) : (
              <Rows question={question} rows={rows} position={position} query={query} />
            )}
          </Panel>
        )}
      </Shown>
      <Exports />
      {exporting && <ExportDialog question={question} position={position} onClose={() => setExporting(false)} />}
    </>
  );
};

type RowsProps = {
  readonly question: Question;
  readonly rows: readonly HistoryRow[];
  readonly position: number | undefined;
  readonly query: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>;
};

const Rows = ({ question, rows, position, query }: RowsProps) => {
  const [drawn, setDrawn] = useState(false);
  const timeZone = useTimeZone();
  const looks = useMemo(() => looksOf(rows), [rows]);
  const steps = useMemo(() => controlsIn(rows), [rows]);
  return (
    <div className={styles.stack}>
      <p className={styles.summary}>
        <span>
          {counted(rows.length, 'row')}
          {query.hasNextPage && ', and there are more'}, as of position <code>{position}</code>
        </span>
        <Button look="plain" aria-expanded={drawn} onPress={() => setDrawn(!drawn)}>
          {drawn ? 'Hide the picture' : 'Show as a picture'}
        </Button>
      </p>
      {drawn && <ExposureTimeline looks={looks} steps={steps} timeZone={timeZone} link={linkOf} />}
      <HistoryTable label="Access history" rows={rows} without={question.rules === undefined ? ['now'] : []} />
      <LoadMore query={query} />
    </div>
  );
};
