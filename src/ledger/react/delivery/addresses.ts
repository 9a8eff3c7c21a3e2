import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Where Azure tells a machine its secrets; the others' such addresses are link-local, unique-local or shared ones. */
const PUBLIC_LOOKING_METADATA: ReadonlySet<string> = new Set(['168.63.129.16']);

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** This process may not connect to any address of the host. */
export class AddressNotAllowed extends Error {
  constructor() {
    super(
      'the receiver has no public address, and the setting that allows others names neither it nor a network it is in',
    );
    this.name = 'AddressNotAllowed';
  }
}

/**
 * Which receivers this process may connect to, so that a receiver's address is no way into the network that the process stands in: public
 * ones, and those that an operator named.
 */
export class AddressRule {
  private readonly hosts = new Set<string>();
  private readonly networks: Network[] = [];

  /**
   * @param allowed host names, addresses and networks (`pager.internal`, `10.1.2.3`, `10.0.0.0/8`, `fd00::/8`). A host name is allowed
   * whatever it resolves to
   * @throws TypeError naming the entry that is none of these
   */
  constructor(allowed: readonly string[] = []) {
    for (const entry of allowed) {
      const network = networkOf(entry);
      if (network) this.networks.push(network);
      else if (/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z][a-z0-9-]*$/i.test(entry))
        this.hosts.add(entry.toLowerCase());
      else throw new TypeError(`not a host name, an address or a network: ${JSON.stringify(entry)}`);
    }
  }

  /** @param host as in the receiver's URL, without brackets */
  mayConnect(host: string, address: string): boolean {
    if (this.hosts.has(host)) return true;
    if (isIP(address) === 0) return false;
    const parsed = ipaddr.parse(address);
    if (this.networks.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits)))
      return true;
    // Everything else is private, loopback, link-local, reserved, or an IPv4 address in another form.
    return parsed.range() === 'unicast' && !PUBLIC_LOOKING_METADATA.has(parsed.toString());
  }

  /**
   * Resolves a host for the connection that is being made, to the addresses that are allowed. The connection goes to the addresses checked
   * here: a name that resolves to something else a moment later gains nothing.
   */
  lookup(resolve: typeof lookup = lookup): LookupFunction {
    return (host, options, callback) => {
      resolve(host, { ...options, all: true }, (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => {
        if (error) return callback(error, []);
        const allowed = found.filter(({ address }) => this.mayConnect(host, address));
        const [first] = allowed;
        if (!first) return callback(new AddressNotAllowed(), []);
        if (options.all) callback(null, allowed);
        else callback(null, first.address, first.family);
      });
    };
  }
}

const networkOf = (entry: string): Network | undefined => {
  const [address = '', bits, ...rest] = entry.split('/');
  if (isIP(address) === 0 || rest.length > 0) return undefined;
  if (bits === undefined) {
    const parsed = ipaddr.parse(address);
    return [parsed, parsed.kind() === 'ipv4' ? 32 : 128];
  }
  return ipaddr.isValidCIDR(entry) ? ipaddr.parseCIDR(entry) : undefined;
};
