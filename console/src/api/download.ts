import { LedgerProblem, send } from './client.ts';

const LATER_MS = 60_000;

/**
 * Has the browser keep an answer as a file. A link would be sent without the console's own header, and the cookie counts for nothing then.
 * @param fallback the file's name, where the answer has none
 * @throws LedgerProblem where it cannot be had
 */
export const download = async (path: string, fallback: string, accept?: string): Promise<void> => {
  const url = new URL(path, window.location.origin);
  const answer = await send(new Request(url, { ...(accept !== undefined && { headers: { accept } }) }));
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as { code?: LedgerProblem['code']; detail?: string };
    throw new LedgerProblem(problem.code, answer.status, problem.detail ?? `The server answered ${answer.status}.`);
  }
  const named = /filename="?([^";]+)"?/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = named ?? fallback;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), LATER_MS);
};
