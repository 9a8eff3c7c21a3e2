import { useMemo, useRef, useState } from 'react';
import { type BlastNode, blastLayout, nextNode, nodeName, type Pair, ROW, reached } from './blast-layout.ts';
import { Picture } from './picture.tsx';
import styles from './pictures.module.css';
import { useWidth } from './use-width.ts';

type Props = {
  readonly release: string;
  readonly pairs: readonly Pair[];
  /** Hears of a person who was chosen with Enter or a double click. */
  readonly onOpen?: (kind: 'viewer' | 'patient', id: string) => void;
  readonly link?: (kind: 'viewer' | 'patient', id: string) => React.ReactNode;
};

const SAYS = { shown: 'listed only', opened: 'opened', played: 'bytes left' } as const;

/** What a release showed to whom: the release, the viewers, their patients; and the same as a table. */
export const BlastRadius = ({ release, pairs, onOpen, link }: Props) => {
  const [measure, width] = useWidth();
  return (
    <Picture
      title="Blast radius"
      hint="Arrow keys walk the people, Enter opens one, t shows the table."
      picture={
        <div ref={measure} className={styles.canvas}>
          {width > 0 && <Columns release={release} pairs={pairs} width={width} onOpen={onOpen} />}
          <ul className={styles.legend} aria-label="What the lines mean">
            {(['shown', 'opened', 'played'] as const).map((rung) => (
              <li key={rung}>
                <svg width={30} height={14} aria-hidden="true" focusable="false">
                  <path
                    className={styles.edge}
                    data-rung={rung}
                    strokeWidth={{ shown: 1.5, opened: 3, played: 5.5 }[rung]}
                    d="M0 7h30"
                  />
                </svg>
                {SAYS[rung]}
              </li>
            ))}
            <li>
              <svg width={14} height={22} className={styles.mark} data-flagged aria-hidden="true" focusable="false">
                <path className={styles.flag} d="M3 20V3h8l-2.5 3.5l2.5 3.5h-8" />
              </svg>
              flagged
            </li>
          </ul>
        </div>
      }
      table={<PairTable pairs={pairs} link={link} />}
    />
  );
};

const Columns = ({ release, pairs, width, onOpen }: Props & { readonly width: number }) => {
  const picture = useMemo(() => blastLayout(release, pairs, width), [release, pairs, width]);
  const { height, nodes, edges } = picture;
  const svg = useRef<SVGSVGElement>(null);
  const [focused, setFocused] = useState<string>();
  const [hovered, setHovered] = useState<string>();
  const at = nodes.some(({ id }) => id === focused) ? focused : nodes[0]?.id;
  const lit = useMemo(() => {
    const from = hovered ?? focused;
    return from === undefined ? undefined : reached(picture, from);
  }, [picture, hovered, focused]);
  const open = ({ column, key }: BlastNode) => {
    if (key !== undefined && column !== 'release') onOpen?.(column, key);
  };
  const titles = { release: 'Release', viewer: `Viewers`, patient: `Patients` } as const;
  return (
    <svg ref={svg} className={styles.svg} width={width} height={height} data-lit={lit !== undefined || undefined}>
      <title>Blast radius</title>
      <g>
        {(['release', 'viewer', 'patient'] as const).map((column) => (
          <text key={column} className={styles.tick} x={nodes.find((node) => node.column === column)?.x ?? 0} y={14}>
            {titles[column]}
          </text>
        ))}
        {edges.map(({ id, path, rung, flagged, weight }) => (
          <path
            key={id}
            className={styles.edge}
            data-rung={rung}
            data-flagged={flagged || undefined}
            data-on={lit?.has(id) || undefined}
            strokeWidth={weight}
            d={path}
          />
        ))}
      </g>
      <g role="listbox" aria-label={`What release ${release} showed to whom`} tabIndex={-1}>
        {nodes.map((node) => (
          <g
            key={node.id}
            role="option"
            aria-selected={node.id === at}
            aria-label={nodeName(node)}
            tabIndex={node.id === at ? 0 : -1}
            data-node={node.id}
            className={styles.node}
            data-rung={node.rung}
            data-on={lit?.has(node.id) || undefined}
            onFocus={() => setFocused(node.id)}
            onBlur={() => setFocused(undefined)}
            onPointerEnter={() => setHovered(node.id)}
            onPointerLeave={() => setHovered(undefined)}
            onDoubleClick={() => open(node)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') {
                open(node);
                return;
              }
              const to = nextNode(picture, node.id, event.key);
              if (!to && !event.key.startsWith('Arrow')) return;
              event.preventDefault();
              event.stopPropagation();
              if (to) svg.current?.querySelector<SVGGElement>(`[data-node="${CSS.escape(to)}"]`)?.focus();
            }}
          >
            <rect className={styles.box} x={node.x + 1} y={node.y + 1} width={node.width - 2} height={ROW - 2} rx={5} />
            <title>{node.label}</title>
            {node.flagged && (
              <path className={styles.flag} d={`M${node.x + node.width - 18} ${node.y + 20}v-14h8l-2.5 3l2.5 3h-8`} />
            )}
          </g>
        ))}
      </g>
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: takes no focus; shortened where the nodes' own names are whole, and so no part of them */}
      <g className={styles.overlay} aria-hidden="true">
        {nodes.map((node) => (
          <text
            key={node.id}
            className={styles.label}
            data-on={lit?.has(node.id) || undefined}
            x={node.x + 9}
            y={node.y + 17}
          >
            {fitting(node.label, node.width - (node.flagged ? 34 : 20))}
          </text>
        ))}
      </g>
    </svg>
  );
};

const LETTER = 7.3;
const fitting = (label: string, width: number): string => {
  const letters = Math.max(4, Math.floor(width / LETTER));
  return label.length <= letters
    ? label
    : `${label.slice(0, Math.ceil((letters - 1) / 2))}…${label.slice(-Math.floor((letters - 1) / 2))}`;
};

const PairTable = ({ pairs, link }: Pick<Props, 'pairs' | 'link'>) => {
  const id = (kind: 'viewer' | 'patient', value: string) => link?.(kind, value) ?? <code>{value}</code>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section data-scrolls className={styles.scroll} tabIndex={0} aria-label="Blast radius as a table">
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Viewer</th>
            <th scope="col">Patient</th>
            <th scope="col">How far</th>
          </tr>
        </thead>
        <tbody>
          {pairs.map(({ viewerId, patientId, rung, flagged }) => (
            <tr key={`${viewerId} ${patientId}`}>
              <th scope="row">{id('viewer', viewerId)}</th>
              <td>{id('patient', patientId)}</td>
              <td>
                {SAYS[rung]}
                {flagged && <strong className={styles.flagged}> flagged</strong>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};
