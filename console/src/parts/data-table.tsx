import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import styles from './parts.module.css';

export type Column<R> = {
  readonly key: string;
  readonly header: string;
  readonly cell: (row: R) => React.ReactNode;
  /** What names the row: its cell is the row's header. */
  readonly names?: boolean;
  readonly align?: 'end';
  /** Only for screen readers; its cells say by themselves what they are. */
  readonly unseenHeader?: boolean;
};

type Props<R> = {
  /** What the rows are, for screen readers. */
  readonly label: string;
  readonly rows: readonly R[];
  readonly keyOf: (row: R) => string;
  readonly columns: readonly Column<R>[];
  /** The row that the keys act on. */
  readonly current?: string | null;
  /** Hears of the row that the focus is in. */
  readonly onCurrent?: (key: string) => void;
  /** Quieter than the others: it is over. */
  readonly isOver?: (row: R) => boolean;
};

/** With fewer rows all are in the document, and the browser's own search finds them. */
const ALL_SHOWN = 100;
const ROW_PX = 53;

/** The part of a row that takes the focus: its link or button. */
const focusInRow = (row: Element | null): boolean => {
  const target = row?.querySelector<HTMLElement>('th a, th button, td a, td button');
  target?.focus();
  return target !== null && target !== undefined;
};

/** A table with a header for each column and row. Of many rows those in sight are in the document, and the one that has the focus. */
export const DataTable = <R,>({ label, rows, keyOf, columns, current = null, onCurrent, isOver }: Props<R>) => {
  const table = useRef<HTMLTableElement>(null);
  const many = rows.length > ALL_SHOWN;
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(table.current?.offsetTop ?? 0), []);
  const focused = current === null ? -1 : rows.findIndex((row) => keyOf(row) === current);
  const virtual = useWindowVirtualizer({
    count: many ? rows.length : 0,
    estimateSize: () => ROW_PX,
    overscan: 12,
    scrollMargin: top,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
    rangeExtractor: ({ startIndex, endIndex, overscan, count }) => {
      const from = Math.max(0, startIndex - overscan);
      const to = Math.min(count - 1, endIndex + overscan);
      const shown = Array.from({ length: to - from + 1 }, (_, i) => from + i);
      if (focused >= 0 && focused < from) return [focused, ...shown];
      return focused > to ? [...shown, focused] : shown;
    },
  });
  const items = virtual.getVirtualItems();
  const shown = many ? items.map(({ index }) => index) : rows.map((_, index) => index);
  const isFocused = useCallback(() => table.current?.contains(document.activeElement) ?? false, []);

  // Keys choose another row: the focus follows, and scrolls it into sight.
  useLayoutEffect(() => {
    if (focused < 0) return;
    const row = table.current?.querySelector(`tr[data-index="${focused}"]`) ?? null;
    if (row?.contains(document.activeElement)) return;
    if (isFocused() || document.activeElement === document.body || document.activeElement?.tagName === 'H1')
      focusInRow(row);
  }, [focused, isFocused]);

  return (
    <div className={styles.tableEdge}>
      <table ref={table} className={styles.table} aria-label={label} aria-rowcount={many ? rows.length + 1 : undefined}>
        <thead>
          <tr>
            {columns.map(({ key, header, align, unseenHeader }) => (
              <th key={key} scope="col" data-align={align}>
                {unseenHeader ? <span className={styles.unseen}>{header}</span> : header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((index, nth) => {
            const row = rows[index];
            if (row === undefined) return null;
            const key = keyOf(row);
            const before = many ? gapBefore(items, nth, top) : 0;
            return (
              <Row key={key} before={before} columns={columns.length}>
                <tr
                  data-index={index}
                  ref={many ? virtual.measureElement : undefined}
                  data-current={key === current || undefined}
                  data-over={isOver?.(row) || undefined}
                  aria-rowindex={many ? index + 2 : undefined}
                  onFocus={onCurrent && (() => onCurrent(key))}
                >
                  {columns.map(({ key: column, header, cell, names, align, unseenHeader }) =>
                    names ? (
                      <th key={column} scope="row" data-align={align}>
                        {cell(row)}
                      </th>
                    ) : (
                      <td key={column} data-align={align} data-label={unseenHeader ? undefined : header}>
                        {cell(row)}
                      </td>
                    ),
                  )}
                </tr>
              </Row>
            );
          })}
          {many && (
            <Gap
              height={Math.max(0, virtual.getTotalSize() + top - (items.at(-1)?.end ?? top))}
              columns={columns.length}
            />
          )}
        </tbody>
      </table>
    </div>
  );
};

const gapBefore = (items: readonly { start: number; end: number }[], nth: number, top: number): number => {
  const end = nth === 0 ? top : (items[nth - 1]?.end ?? top);
  return Math.max(0, (items[nth]?.start ?? end) - end);
};

const Row = ({
  before,
  columns,
  children,
}: {
  readonly before: number;
  readonly columns: number;
  readonly children: React.ReactNode;
}) => (
  <>
    {before > 0 && <Gap height={before} columns={columns} />}
    {children}
  </>
);

/** The room of rows that are not in the document. */
const Gap = ({ height, columns }: { readonly height: number; readonly columns: number }) =>
  height <= 0 ? null : (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a row without content takes no focus
    <tr aria-hidden="true" className={styles.gap}>
      <td colSpan={columns} style={{ blockSize: height }} />
    </tr>
  );
