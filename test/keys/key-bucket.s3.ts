import { KeyBucket, keyHolding } from '../../src/keys/key-bucket.ts';
import { S3ObjectStore } from '../../src/objects/s3.ts';
import { freshBucket, s3Server } from '../support/s3-server.ts';
import { describeKeyRows } from './rows-contract.ts';

describeKeyRows('a bucket', async () => {
  const bucket = await freshBucket();
  const open = () =>
    new KeyBucket(
      new S3ObjectStore({
        ...s3Server(),
        bucket: bucket.name,
        prefix: 'keys/',
        holding: keyHolding,
        maxBytes: 2 ** 20,
      }),
    );
  const [rows, others] = [open(), open()];
  return {
    ...{ rows, others },
    dispose: async () => {
      await Promise.all([rows.close(), others.close()]);
      await bucket.remove();
    },
  };
});
