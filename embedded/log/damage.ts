/** Refusals of the files by this node. */
const REFUSALS = new Set<unknown>(['data-format-refused', 'damaged-record']);
/** What LMDB says of a page that isn't what it must be, and of a transaction that met one (lmdb.h). */
const BAD_PAGES = new Set<unknown>([-30_797, -30_796, -30_794, -30_793, -30_782]);

/** What an error says about a page that can't be read; undefined when it is about something else. */
export const badPageIn = (error: unknown): string | undefined => {
  const cause = causeWith(BAD_PAGES, error);
  return cause && `A page of the event file can't be read (${cause.message}).`;
};

/** What an error says about files that no restart makes whole; undefined when it is about something else. */
export const damageIn = (error: unknown): string | undefined => {
  const badPage = badPageIn(error);
  return badPage === undefined
    ? causeWith(REFUSALS, error)?.message
    : `${badPage} Keep the folder as it is, and restore a backup into an empty one.`;
};

const causeWith = (codes: ReadonlySet<unknown>, error: unknown): Error | undefined => {
  let cause = error;
  while (cause instanceof Error && !codes.has((cause as { code?: unknown }).code)) cause = cause.cause;
  return cause instanceof Error ? cause : undefined;
};
