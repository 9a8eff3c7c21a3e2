import type { Block } from './pages.ts';

type Head = {
  readonly title: string;
  /** On each page, with its number. */
  readonly footer: string;
  /** ISO-8601: the file's own time, so that the same file has the same bytes whenever it is made. */
  readonly at: string;
};

const MARGIN = 56;
const FOOTER_HEIGHT = 28;
const LABEL_WIDTH = 150;
const MARK_WIDTH = 72;
const GAP = 8;

/** Font, size, the space before, and what must have room after it: a heading at the foot of a page would stand alone. */
const styles = {
  title: ['Helvetica-Bold', 20, 0, 40],
  heading: ['Helvetica-Bold', 13, 16, 40],
  section: ['Helvetica-Bold', 10, 8, 24],
  text: ['Helvetica', 9, 4, 0],
} as const;

/** Standard fonts have Windows-1252 alone; ids and codes are ASCII, and what else comes is made visible instead of dropped. */
const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?');

/**
 * Sets blocks on A4 pages. Standard fonts, no compression, no identifier of chance: the bytes depend on the text alone.
 */
export const pdfOf = async (blocks: readonly Block[], { title, footer, at }: Head): Promise<Buffer> => {
  // Loaded when it is needed: an instance that is never asked for a file does without it.
  const { default: PDFDocument } = await import('pdfkit');
  const document = new PDFDocument({
    ...{ size: 'A4', margin: MARGIN, compress: false, bufferPages: true, lang: 'en' },
    info: {
      Title: printable(title),
      Creator: 'Consultation Ledger',
      Producer: 'Consultation Ledger',
      CreationDate: new Date(at),
    },
  });
  const parts: Buffer[] = [];
  const done = new Promise<void>((resolve, reject) => {
    document.on('data', (part: Buffer) => parts.push(part));
    document.once('end', resolve);
    document.once('error', reject);
  });
  const { width, height } = document.page;
  const bottom = height - MARGIN - FOOTER_HEIGHT;
  const room = (needed: number) => {
    if (document.y + needed > bottom) document.addPage();
  };
  const line = ({ kind, text }: Exclude<Block, { kind: 'row' }>) => {
    const [font, size, before, after] = styles[kind];
    const options = { width: width - 2 * MARGIN };
    document.font(font).fontSize(size);
    room(before + document.heightOfString(printable(text), options) + after);
    document.text(printable(text), MARGIN, document.y + before, options);
  };
  for (const block of blocks) {
    if (block.kind !== 'row') line(block);
    else {
      const { label, mark, value } = block;
      const valueAt = MARGIN + LABEL_WIDTH + GAP + (mark === undefined ? 0 : MARK_WIDTH + GAP);
      const cells = [
        ['Helvetica', printable(label), MARGIN, LABEL_WIDTH],
        ...(mark === undefined
          ? []
          : [['Helvetica-Oblique', printable(mark), MARGIN + LABEL_WIDTH + GAP, MARK_WIDTH] as const]),
        ['Helvetica', printable(value), valueAt, width - MARGIN - valueAt],
      ] as const;
      document.fontSize(9);
      const tallest = Math.max(
        ...cells.map(([font, text, , cellWidth]) => document.font(font).heightOfString(text, { width: cellWidth })),
      );
      room(tallest + 4);
      const top = document.y + 4;
      for (const [font, text, left, cellWidth] of cells)
        document.font(font).text(text, left, top, { width: cellWidth });
      document.y = top + tallest;
    }
  }
  const { count } = document.bufferedPageRange();
  for (let page = 0; page < count; page++) {
    document.switchToPage(page);
    // Below the margin, where a text would begin another page.
    document.page.margins.bottom = 0;
    const text = `${printable(footer)}   page ${page + 1} of ${count}`;
    document
      .font('Helvetica')
      .fontSize(8)
      .text(text, MARGIN, height - MARGIN + 4, { width: width - 2 * MARGIN, lineBreak: false });
  }
  document.end();
  await done;
  return Buffer.concat(parts);
};
