import { type RunningNode, startNode } from '../../embedded/server.ts';
import { serve } from './child.ts';

/*
 * A process that runs the embedded node on one folder after the other: what costs most about a node is its start, and no bug is ever in it.
 * It is open to everybody on this machine, without TLS.
 */
export type ToStore = { readonly dir: string } | 'stop';
export type FromStore =
  | { readonly kind: 'started'; readonly connectionString: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly why: string };

let node: RunningNode | undefined;

serve<ToStore>(async (what): Promise<FromStore> => {
  if (what === 'stop') {
    await node?.stop();
    node = undefined;
    return { kind: 'stopped' };
  }
  node = await startNode({ dir: what.dir });
  return { kind: 'started', connectionString: node.connectionString };
});
