import { useEffect, useRef } from 'react';
import styles from './parts.module.css';

/** Whether a page was shown before: the first one leaves the focus where the browser put it. */
let shownBefore = false;

type Props = {
  readonly title: string;
  /** Beside the title. */
  readonly acts?: React.ReactNode;
  readonly children: React.ReactNode;
};

/** A page of the console: its name in the browser's title, and the focus on its heading when a person comes from another one. */
export const Page = ({ title, acts, children }: Props) => {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Consultation Ledger`;
  }, [title]);
  useEffect(() => {
    if (shownBefore) heading.current?.focus();
    shownBefore = true;
  }, []);
  return (
    <div className={styles.page}>
      <div className={styles.title}>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {acts}
      </div>
      {children}
    </div>
  );
};

/** A part of a page with a heading of its own. */
export const Panel = ({
  title,
  acts,
  children,
}: {
  readonly title: string;
  readonly acts?: React.ReactNode;
  readonly children: React.ReactNode;
}) => (
  <section className={styles.panel} aria-label={title}>
    <div className={styles.panelTitle}>
      <h2>{title}</h2>
      {acts}
    </div>
    {children}
  </section>
);

/** A part of a page whose content brings its own heading. */
export const Sheet = ({ children }: { readonly children: React.ReactNode }) => (
  <div className={styles.panel}>{children}</div>
);

/** Names and values. */
export const Facts = ({ of }: { readonly of: readonly (readonly [name: string, value: React.ReactNode])[] }) => (
  <dl className={styles.facts}>
    {of.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
