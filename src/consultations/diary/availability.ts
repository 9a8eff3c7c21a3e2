/** Times are ISO-8601 UTC in the form the ledger keeps, so that they compare as text. */
export type Stretch = { readonly start: string; readonly end: string };

/** When a person has no time, and when they have: together the stretch that was asked for. */
export type Availability = { readonly busy: readonly Stretch[]; readonly free: readonly Stretch[] };

/** @param taken in any order, also overlapping, also beyond the stretch that is asked for */
export function availabilityIn({ start, end }: Stretch, taken: readonly Stretch[]): Availability {
  const busy: Stretch[] = [];
  const free: Stretch[] = [];
  let until = start;
  for (const one of [...taken].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    const begins = one.start < start ? start : one.start;
    const ends = one.end > end ? end : one.end;
    if (begins >= ends) continue;
    if (begins > until) free.push({ start: until, end: begins });
    const last = busy.at(-1);
    if (last && begins <= last.end)
      busy[busy.length - 1] = { start: last.start, end: last.end > ends ? last.end : ends };
    else busy.push({ start: begins, end: ends });
    if (ends > until) until = ends;
  }
  if (until < end) free.push({ start: until, end });
  return { busy, free };
}
