import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Icon } from '../parts/icon.tsx';
import styles from './shell.module.css';

/** Any id: of an incident, a breach, a person, a recording. */
export const Search = ({ input }: { readonly input: React.RefObject<HTMLInputElement | null> }) => {
  const [id, setId] = useState('');
  const navigate = useNavigate();
  return (
    <search className={styles.search}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const asked = id.trim();
          if (asked === '') return;
          setId('');
          input.current?.blur();
          void navigate({ to: '/search', search: { id: asked } });
        }}
      >
        <Icon name="search" size={16} />
        <input
          ref={input}
          type="search"
          value={id}
          onChange={(event) => setId(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') input.current?.blur();
          }}
          placeholder="Search for an id"
          aria-label="Search for an id"
          autoComplete="off"
          spellCheck={false}
          maxLength={64}
        />
        <kbd>/</kbd>
      </form>
    </search>
  );
};
