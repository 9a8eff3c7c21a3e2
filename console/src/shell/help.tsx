import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Choice } from '../parts/fields.tsx';
import { shortcutKeys, theme, zone } from '../parts/preferences.ts';
import { shortcutGroups } from '../parts/shortcuts.ts';
import { useStored } from '../parts/store.ts';
import styles from './shell.module.css';

/** The keys of this page, and what a person chose for this browser. */
export const Help = ({ onClose }: { readonly onClose: () => void }) => {
  const groups = useStored(shortcutGroups);
  return (
    <Dialog title="Keys and preferences" onClose={onClose} wide>
      <div className={styles.help}>
        <div className={styles.keys}>
          {groups.toReversed().map(({ title, keys }) => (
            <section key={title} aria-label={title}>
              <h3>{title}</h3>
              <dl>
                {keys.map(({ key, does }) => (
                  <div key={key}>
                    <dt>
                      {key.split(' ').map((one, nth) => (
                        <kbd key={`${one}${nth === 0 ? '' : nth}`}>{one}</kbd>
                      ))}
                    </dt>
                    <dd>{does}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
        <div className={styles.choices}>
          <Choice
            label="Single keys"
            inline
            value={useStored(shortcutKeys)}
            onChange={shortcutKeys.set}
            options={[
              { value: 'on', label: 'On' },
              { value: 'off', label: 'Off' },
            ]}
          />
          <Choice
            label="Times"
            inline
            value={useStored(zone)}
            onChange={zone.set}
            options={[
              { value: 'local', label: 'Here' },
              { value: 'utc', label: 'UTC' },
            ]}
          />
          <Choice
            label="Theme"
            inline
            value={useStored(theme)}
            onChange={theme.set}
            options={[
              { value: 'system', label: 'As the system' },
              { value: 'light', label: 'Light' },
              { value: 'dark', label: 'Dark' },
            ]}
          />
        </div>
      </div>
      <div className={styles.acts}>
        <Button onPress={onClose}>Close</Button>
      </div>
    </Dialog>
  );
};
