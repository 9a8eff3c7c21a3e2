/** The process as the sources under test see it; a suite's own `process` is a copy. */
export const nodeProcess = process;
