import { startNode } from '../../dist/embedded/server.js';

/*
 * The process that `hosted-stores.ts` starts: embedded nodes, each on a folder and a port of its own, until the process that asks for them is
 * gone. Asked for one: {dir} → {dir, url} or {dir, error}; told to stop it: {dir, stop: true} → {dir}.
 */
const rememberIds = process.env.EMBEDDED_REMEMBER_IDS;
const running = new Map();

const answer = async ({ dir, stop }) => {
  if (stop) {
    const node = running.get(dir);
    running.delete(dir);
    await node?.stop();
    return { dir };
  }
  const node = await startNode({ dir, ...(rememberIds !== undefined && { rememberIds: Number(rememberIds) }) });
  running.set(dir, node);
  return { dir, url: node.connectionString };
};

process.on('message', (message) => {
  answer(message).then(
    (said) => process.send(said),
    (error) => process.send({ dir: message.dir, error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
