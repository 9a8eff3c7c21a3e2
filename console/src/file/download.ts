import { LedgerProblem, send } from '../api/client.ts';

const TYPES = { json: 'application/json', pdf: 'application/pdf', csv: 'text/csv' } as const;
export type Download = keyof typeof TYPES;

/** Saves the breach file at a position: the bytes are those that the API gives any client. @throws LedgerProblem */
export const download = async (incidentId: string, position: number, what: Download): Promise<void> => {
  const answer = await send(
    new Request(`/v1/incidents/${encodeURIComponent(incidentId)}/file?asOf=${position}`, {
      headers: { accept: TYPES[what] },
    }),
  );
  if (!answer.ok) {
    const { code, detail } = (await answer.json().catch(() => ({}))) as {
      code?: LedgerProblem['code'];
      detail?: string;
    };
    throw new LedgerProblem(code, answer.status, detail ?? `The server answered ${answer.status}.`);
  }
  const named = /filename="?([^";]+)"?/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = named ?? `breach-file-${incidentId}-at-${position}.${what}`;
  link.click();
  // The browser has begun to read it by the next turn.
  window.setTimeout(() => URL.revokeObjectURL(address), 1_000);
};
