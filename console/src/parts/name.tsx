import { useState } from 'react';
import { Button } from 'react-aria-components';
import { answered, api } from '../api/client.ts';
import { say } from './announcer.tsx';
import styles from './parts.module.css';
import { problemText } from './states.tsx';
import { stored } from './store.ts';

/** Whether the host app has a system that tells names; the session says so. */
export const tellsNames = stored(false);

type Asked = { readonly name: string } | { readonly error: unknown };

/** What a person is called, when someone asks: each asking is on record. It is on this page while the page is, and kept nowhere. */
export const PersonName = ({ id }: { readonly id: string }) => {
  const [asking, setAsking] = useState(false);
  const [asked, setAsked] = useState<Asked>();
  const ask = async () => {
    setAsking(true);
    try {
      const { name } = await answered(
        api.GET('/v1/people/{personId}/name', { params: { path: { personId: id } }, cache: 'no-store' }),
      );
      setAsked({ name });
      say('The name is shown.');
    } catch (error) {
      setAsked({ error });
    } finally {
      setAsking(false);
    }
  };
  if (asked !== undefined && 'name' in asked) return <span className={styles.name}>{asked.name}</span>;
  return (
    <>
      <Button
        className={styles.askName}
        onPress={() => void ask()}
        isPending={asking}
        aria-label={`Show name of ${id}`}
      >
        {asking ? 'Asking …' : 'Show name'}
      </Button>
      {asked !== undefined && (
        <span role="alert" className={styles.problem}>
          {problemText(asked.error)}
        </span>
      )}
    </>
  );
};
