const AT_ONCE = 8;

/** Works on everything, a few at a time, in order. The first failure ends it once those under way are done. */
export const each = async <T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> => {
  const left = all.values();
  const failures: unknown[] = [];
  const worker = async () => {
    for (const one of left) {
      if (failures.length > 0) return;
      await work(one).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (failures.length > 0) throw failures[0];
};
