import type { LookupAddress, lookup } from 'node:dns';
import { AddressNotAllowed, AddressRule } from '../../../../src/ledger/react/delivery/addresses.ts';

const host = 'pager.example.org';
const nothingAllowed = new AddressRule();

describe('which addresses a receiver may have', () => {
  it.each(['8.8.8.8', '1.1.1.1', '100.63.255.255', '172.15.255.255', '172.32.0.1', '2606:4700:4700::1111'])(
    '%s is public',
    (address) => {
      expect(nothingAllowed.mayConnect(host, address)).toBe(true);
    },
  );

  it.each([
    ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1'],
    ...['169.254.169.254', '169.254.170.2', '100.64.0.1', '100.100.100.200', '168.63.129.16', '192.0.0.192'],
    ...['198.18.0.1', '192.0.2.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
    ...['::', '::1', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '2001:db8::1'],
    ...['::ffff:10.0.0.1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::'],
    ...['2001:0:1::1', 'not an address', ''],
  ])('%s is not', (address) => {
    expect(nothingAllowed.mayConnect(host, address)).toBe(false);
  });

  it('are also those in a network or of a host that an operator named, and no others', () => {
    const rule = new AddressRule(['10.1.0.0/16', '192.168.7.7', 'fd12::/16', 'Pager.Internal']);
    for (const address of ['10.1.2.3', '192.168.7.7', 'fd12::5', '8.8.8.8'])
      expect(rule.mayConnect(host, address)).toBe(true);
    for (const address of ['10.2.0.1', '192.168.7.8', 'fd13::5', '::ffff:10.1.2.3', '127.0.0.1'])
      expect(rule.mayConnect(host, address)).toBe(false);
    expect(rule.mayConnect('pager.internal', '127.0.0.1')).toBe(true);
    expect(rule.mayConnect('evil.pager.internal', '127.0.0.1')).toBe(false);
    expect(rule.mayConnect('pager.internal.example.org', '127.0.0.1')).toBe(false);
  });

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.0/',
    '/8',
    '*',
    'https://pager',
    'a b',
    '10.0.0.1/8/9',
    'fd00::/129',
    '127.1',
    '1',
  ])('cannot be named %j', (entry) => {
    expect(() => new AddressRule([entry])).toThrow(TypeError);
  });
});

describe('resolving a receiver for a connection', () => {
  const resolvingTo = (...addresses: string[]) =>
    ((_host: string, _options: unknown, callback: (error: Error | null, found: LookupAddress[]) => void) =>
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )) as typeof lookup;
  const look = (addresses: string[], all: boolean) =>
    new Promise((resolve, reject) => {
      nothingAllowed.lookup(resolvingTo(...addresses))(host, { all }, (error, address, family) =>
        error ? reject(error) : resolve(all ? address : { address, family }),
      );
    });

  it('gives only the addresses that are allowed', async () => {
    const found = ['127.0.0.1', '8.8.8.8', '::1', '2606:4700::1'];
    expect(await look(found, true)).toEqual([
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ]);
    expect(await look(found, false)).toEqual({ address: '8.8.8.8', family: 4 });
  });

  it.each([true, false])('fails where none is (all: %s)', async (all) => {
    await expect(look(['10.0.0.1', 'fd00::1'], all)).rejects.toThrow(AddressNotAllowed);
    await expect(look([], all)).rejects.toThrow(AddressNotAllowed);
  });
});
