import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { Button } from '../parts/button.tsx';
import styles from './history.module.css';

type Props = {
  readonly query: Pick<UseInfiniteQueryResult, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>;
  /** The pages so far. */
  readonly so?: string;
};

/** The next page of a list, when a person asks for it: each is on record. */
export const LoadMore = ({ query: { hasNextPage, isFetchingNextPage, fetchNextPage }, so }: Props) =>
  hasNextPage ? (
    <p className={styles.more}>
      {so !== undefined && <span className={styles.quiet}>{so} </span>}
      <Button isPending={isFetchingNextPage} onPress={() => void fetchNextPage()}>
        {isFetchingNextPage ? 'Loading more …' : 'Load more'}
      </Button>
    </p>
  ) : null;
