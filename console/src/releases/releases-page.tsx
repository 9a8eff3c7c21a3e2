import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Schemas } from '../api/client.ts';
import { ForCompliance } from '../history/for-compliance.tsx';
import { LoadMore } from '../history/load-more.tsx';
import { StatusBadge } from '../parts/badge.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Page } from '../parts/page.tsx';
import { EmptyState, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { bytes, count } from '../parts/words.ts';
import { releases } from './queries.ts';

type Release = Schemas['ReleasePage']['items'][number];

/** Releases of the ledger and of the apps, and how much each showed. */
export const ReleasesPage = () => (
  <Page title="Releases">
    <ForCompliance>
      <List />
    </ForCompliance>
  </Page>
);

const List = () => {
  const query = useInfiniteQuery(releases);
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Shown query={query} what="the releases">
      {() =>
        rows.length === 0 ? (
          <EmptyState title="No release was seen yet">
            A release is listed once a person has looked at something under it.
          </EmptyState>
        ) : (
          <>
            <DataTable
              label="Releases"
              rows={rows}
              keyOf={({ kind, version }) => `${kind} ${version}`}
              columns={columns}
            />
            <LoadMore query={query} />
          </>
        )
      }
    </Shown>
  );
};

/** Views that the second key did not agree with, among those that were opened. */
const flaggedShare = ({ flagged, opened }: Release): string =>
  flagged === 0 || opened === 0 ? '' : ` (${((flagged / opened) * 100).toFixed(flagged === opened ? 0 : 1)} %)`;

const number = (
  key: 'shown' | 'opened' | 'played' | 'refused' | 'egressPrevented',
  header: string,
): Column<Release> => ({
  key,
  header,
  align: 'end',
  cell: (row) => count(row[key]),
});

const columns: readonly Column<Release>[] = [
  {
    key: 'version',
    header: 'Release',
    names: true,
    cell: ({ version, kind }) => (
      <Link to="/releases/$version" params={{ version }} search={{ kind }}>
        {version}
      </Link>
    ),
  },
  { key: 'kind', header: 'Of', cell: ({ kind }) => (kind === 'ledger' ? 'ledger' : 'app') },
  { key: 'first', header: 'First seen', cell: ({ firstSeen }) => <Time at={firstSeen} /> },
  { key: 'last', header: 'Last seen', cell: ({ lastSeen }) => <Time at={lastSeen} /> },
  number('shown', 'Shown'),
  number('opened', 'Opened'),
  number('played', 'Played'),
  { key: 'bytes', header: 'Bytes left', align: 'end', cell: ({ bytesServed }) => bytes(bytesServed) },
  number('refused', 'Refused'),
  number('egressPrevented', 'Stopped'),
  {
    key: 'flagged',
    header: 'Flagged',
    align: 'end',
    cell: (row) =>
      row.flagged === 0 ? (
        '0'
      ) : (
        <StatusBadge code="flagged" tone="critical">
          {count(row.flagged)}
          {flaggedShare(row)}
        </StatusBadge>
      ),
  },
];
