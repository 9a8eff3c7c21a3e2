/** The text of each page of a PDF that is not compressed, as its content streams show it: every string of a `TJ`, joined. */
export const pagesOf = (pdf: Buffer): readonly string[] => {
  const text = pdf.toString('latin1');
  return [...text.matchAll(/stream\n([\s\S]*?)\nendstream/g)]
    .map(([, content = '']) => content)
    .filter((content) => content.includes(' TJ'))
    .map((content) =>
      [...content.matchAll(/\[([^\]]*)\] TJ/g)]
        .map(([, strings = '']) =>
          [...strings.matchAll(/<([0-9a-f]*)>/g)]
            .map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1'))
            .join(''),
        )
        .join('\n'),
    );
};
