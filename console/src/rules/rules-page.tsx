import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { answered, api, type Schemas } from '../api/client.ts';
import { StatusBadge } from '../parts/badge.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Page } from '../parts/page.tsx';
import { EmptyState, Shown } from '../parts/states.tsx';
import { count, words } from '../parts/words.ts';
import styles from './rules.module.css';

export type Rule = Schemas['RuleList']['items'][number];

export const rules = {
  queryKey: ['rules'],
  queryFn: () => answered(api.GET('/v1/rules')),
} as const;

/** The pack of rules beyond one patient: how each is set, and how well it does. */
export const RulesPage = () => {
  const query = useQuery(rules);
  return (
    <Page title="Rules">
      <p className={styles.quiet}>
        They look at views that the policy rightly lets pass, and open breaches where something is odd. Another setting
        takes a backtest and two officers.
      </p>
      <Shown query={query} what="the rules">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="No rule is in the pack" />
          ) : (
            <DataTable
              label="Rules"
              rows={items}
              keyOf={({ name }) => name}
              columns={columns}
              isOver={({ enabled }) => !enabled}
            />
          )
        }
      </Shown>
    </Page>
  );
};

/** Of the breaches that incidents were closed with, how many were confirmed. */
export const precisionOf = ({ closed, confirmed, precision, noisy }: Rule): React.ReactNode => {
  if (closed === 0) return <span className={styles.quiet}>none closed yet</span>;
  const share = precision ?? confirmed / closed;
  return (
    <>
      <meter className={styles.meter} value={share} min={0} max={1} aria-label="Confirmed among closed" />{' '}
      {Math.round(share * 100)} % of {count(closed)}
      {noisy && (
        <>
          {' '}
          <StatusBadge code="noisy" tone="review" />
        </>
      )}
    </>
  );
};

const waiting = ({ changes }: Rule): number => changes.filter(({ status }) => status === 'proposed').length;

const columns: readonly Column<Rule>[] = [
  {
    key: 'name',
    header: 'Rule',
    names: true,
    cell: (rule) => (
      <>
        <Link to="/rules/$name" params={{ name: rule.name }}>
          {words(rule.name)}
        </Link>{' '}
        <span className={styles.quiet}>{rule.version}</span>
        {!rule.enabled && <StatusBadge code="off" tone="quiet" />}
        {waiting(rule) > 0 && <StatusBadge code="change-proposed" tone="accent" />}
      </>
    ),
  },
  { key: 'says', header: 'Fires when', cell: ({ says }) => says },
  {
    key: 'severity',
    header: 'Severity',
    cell: ({ severity, points }) => (
      <>
        <StatusBadge code={severity} />
        {severity === 'info' && points > 0 && ` ${points} points`}
      </>
    ),
  },
  { key: 'hits', header: 'Hits', align: 'end', cell: ({ hits }) => count(hits) },
  { key: 'explained', header: 'Explained', align: 'end', cell: ({ explained }) => count(explained) },
  { key: 'confirmed', header: 'Confirmed', align: 'end', cell: ({ confirmed }) => count(confirmed) },
  { key: 'precision', header: 'Precision', cell: precisionOf },
];
