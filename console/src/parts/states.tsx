import { useEffect, useState } from 'react';
import { LedgerProblem } from '../api/client.ts';
import { Button } from './button.tsx';
import styles from './parts.module.css';

const SLOW_MS = 3_000;

/** What an API's problem says to a person; the code is what support asks for. */
export const problemText = (error: unknown): string => {
  if (!(error instanceof LedgerProblem)) return error instanceof Error ? error.message : 'Something failed.';
  const fields = error.errors.map(({ path, message }) => `${path}: ${message}`);
  return [error.message, ...fields].join(' ') + (error.code === undefined ? '' : ` (${error.code})`);
};

/** There is nothing, and that is fine: it says so, and why. */
export const EmptyState = ({ title, children }: { readonly title: string; readonly children?: React.ReactNode }) => (
  <div className={styles.state}>
    <h2>{title}</h2>
    {children !== undefined && <p className={styles.quiet}>{children}</p>}
  </div>
);

/** It could not be shown: why, and how to try again. */
export const ErrorState = ({
  error,
  onRetry,
  title = 'This could not be shown',
}: {
  readonly error: unknown;
  readonly onRetry?: () => void;
  readonly title?: string;
}) => (
  <div className={styles.state} role="alert" data-tone="critical">
    <h2>{title}</h2>
    <p>{problemText(error)}</p>
    {onRetry && <Button onPress={onRetry}>Try again</Button>}
  </div>
);

/** It is on its way; after three seconds it says that it is slow. */
export const Loading = ({ what }: { readonly what: string }) => {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setSlow(true), SLOW_MS);
    return () => window.clearTimeout(timer);
  }, []);
  return (
    <div className={styles.state} role="status">
      <p className={styles.loading}>
        {slow ? `Still waiting for ${what}. The server is slow to answer.` : `Loading ${what} …`}
      </p>
    </div>
  );
};

type Asked<T> = { readonly data: T | undefined; readonly error: unknown; readonly refetch: () => unknown };

/** What a query gave, or why not yet, or why not. Earlier data stays while it is asked again. */
export const Shown = <T,>({
  query,
  what,
  children,
}: {
  readonly query: Asked<T>;
  readonly what: string;
  readonly children: (data: T) => React.ReactNode;
}) => {
  if (query.data !== undefined)
    return (
      <>
        {query.error !== null && (
          <p role="alert" className={styles.problem}>
            This may be out of date: {problemText(query.error)}{' '}
            <Button look="plain" onPress={() => void query.refetch()}>
              Try again
            </Button>
          </p>
        )}
        {children(query.data)}
      </>
    );
  if (query.error !== null) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return <Loading what={what} />;
};
