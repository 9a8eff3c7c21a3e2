import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api, type Schemas } from '../api/client.ts';
import { queryClient } from '../api/queries.ts';
import { LoadMore } from '../history/load-more.tsx';
import { say } from '../parts/announcer.tsx';
import { StatusBadge, type Tone } from '../parts/badge.tsx';
import { Button } from '../parts/button.tsx';
import { CopyId } from '../parts/copy-id.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Select } from '../parts/fields.tsx';
import { Panel } from '../parts/page.tsx';
import { EmptyState, problemText, Shown } from '../parts/states.tsx';
import { Time } from '../parts/time.tsx';
import { count, words } from '../parts/words.ts';
import styles from './operations.module.css';

type Webhook = Schemas['Webhook'];
type Delivery = Schemas['Delivery'];

/** Where product events are sent, how the receivers do, and what did not arrive. */
export const Webhooks = () => {
  const query = useQuery({
    queryKey: ['webhooks'],
    queryFn: () => answered(api.GET('/v1/webhooks')),
    refetchInterval: 30_000,
  });
  const [chosen, setChosen] = useState<string>();
  return (
    <Panel title="Webhooks">
      <Shown query={query} what="the webhooks">
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="No backend is told of product events">
              POST /v1/webhooks registers an address.
            </EmptyState>
          ) : (
            <>
              <DataTable
                label="Webhooks"
                rows={items}
                keyOf={({ webhookId }) => webhookId}
                columns={webhookColumns(chosen, setChosen)}
              />
              {chosen && items.some(({ webhookId }) => webhookId === chosen) && (
                <Deliveries webhookId={chosen} key={chosen} />
              )}
            </>
          )
        }
      </Shown>
    </Panel>
  );
};

const RECEIVERS: Readonly<Record<Webhook['receiver']['state'], Tone>> = {
  ...{ healthy: 'good', failing: 'critical', 'not-sent-to': 'critical' },
};

const webhookColumns = (
  chosen: string | undefined,
  choose: (webhookId: string | undefined) => void,
): readonly Column<Webhook>[] => [
  { key: 'url', header: 'Address', names: true, cell: ({ url }) => <code>{url}</code> },
  { key: 'id', header: 'Webhook', cell: ({ webhookId }) => <CopyId id={webhookId} of="webhook" /> },
  {
    key: 'state',
    header: 'Receiver',
    cell: ({ receiver }) => (
      <>
        <StatusBadge code={receiver.state} tone={RECEIVERS[receiver.state]} />
        <span className={styles.quiet}>
          {' '}
          {[receiver.why && words(receiver.why), receiver.status, receiver.code].filter(Boolean).join(', ')}
        </span>
      </>
    ),
  },
  { key: 'types', header: 'Told of', cell: ({ types }) => types.join(', ') },
  {
    key: 'acts',
    header: 'Acts',
    unseenHeader: true,
    cell: ({ webhookId, url }) => (
      <Button
        aria-expanded={chosen === webhookId}
        aria-label={`Deliveries to ${url}`}
        onPress={() => choose(chosen === webhookId ? undefined : webhookId)}
      >
        Deliveries
      </Button>
    ),
  },
];

type State = Delivery['state'] | 'all';
const STATES: readonly State[] = ['all', 'due', 'delivered', 'given-up'];
const TONES: Readonly<Record<Delivery['state'], Tone>> = { due: 'accent', delivered: 'good', 'given-up': 'critical' };

const Deliveries = ({ webhookId }: { readonly webhookId: string }) => {
  const [state, setState] = useState<State>('all');
  const query = useInfiniteQuery({
    queryKey: ['deliveries', webhookId, state],
    queryFn: ({ pageParam }) =>
      answered(
        api.GET('/v1/webhooks/{webhookId}/deliveries', {
          params: {
            path: { webhookId },
            query: { limit: 50, ...(state !== 'all' && { state }), ...(pageParam && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    refetchInterval: 5_000,
  });
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <section aria-label="Deliveries" className={styles.stack}>
      <Select
        label="Deliveries"
        value={state}
        onChange={setState}
        options={STATES.map((value) => ({ value, label: words(value) }))}
      />
      <Shown query={query} what="the deliveries">
        {() =>
          rows.length === 0 ? (
            <EmptyState title="No delivery is like this" />
          ) : (
            <>
              <DataTable
                label="Deliveries"
                rows={rows}
                keyOf={({ deliveryId }) => deliveryId}
                columns={[
                  {
                    key: 'id',
                    header: 'Delivery',
                    names: true,
                    cell: ({ deliveryId }) => <CopyId id={deliveryId} of="delivery" />,
                  },
                  {
                    key: 'state',
                    header: 'State',
                    cell: (row) => <StatusBadge code={row.state} tone={TONES[row.state]} />,
                  },
                  { key: 'type', header: 'Event', cell: ({ type }) => type },
                  { key: 'queued', header: 'Queued', cell: ({ queuedAt }) => <Time at={queuedAt} /> },
                  { key: 'attempts', header: 'Attempts', align: 'end', cell: ({ attempts }) => count(attempts) },
                  {
                    key: 'latest',
                    header: 'Latest answer',
                    cell: ({ latest }) => {
                      const [last] = latest;
                      return last && [words(last.outcome), last.status, last.code].filter(Boolean).join(', ');
                    },
                  },
                  {
                    key: 'acts',
                    header: 'Acts',
                    unseenHeader: true,
                    cell: (row) => <Resend webhookId={webhookId} delivery={row} />,
                  },
                ]}
              />
              <LoadMore query={query} />
            </>
          )
        }
      </Shown>
    </section>
  );
};

const Resend = ({
  webhookId,
  delivery: { deliveryId, state },
}: {
  readonly webhookId: string;
  readonly delivery: Delivery;
}) => {
  const resend = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/v1/webhooks/{webhookId}/deliveries/{deliveryId}/resend', {
          params: { path: { webhookId, deliveryId } },
        }),
      ),
    onSuccess: () => {
      say('The delivery is sent again, with the id that it had.');
      void queryClient.invalidateQueries({ queryKey: ['deliveries', webhookId] });
    },
  });
  if (state === 'due') return null;
  return (
    <span className={styles.acts}>
      <Button onPress={() => resend.mutate()} isPending={resend.isPending} aria-label={`Send ${deliveryId} again`}>
        Send again
      </Button>
      {resend.error && (
        <span role="alert" className={styles.problem}>
          {problemText(resend.error)}
        </span>
      )}
    </span>
  );
};
