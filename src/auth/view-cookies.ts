import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { jwtVerify } from 'jose';
import { Id } from '../../events/values.ts';
import type { Config } from '../config/config.ts';
import { refused } from '../config/data-dir.ts';
import { keptFile } from '../config/kept-file.ts';
import type { VerifiedToken } from '../request/actor.ts';

/** What a cookie opens: the content of one view, for the person whose view it is, until it expires. */
export type ViewPass = { readonly viewId: string; readonly viewerId: string; readonly expiresAt: Date };

const NAME = 'view';
/** Its own type, so that nothing else signed with the same key is ever taken for one. */
const TYPE = 'view-pass';
const ALGORITHM = 'HS256';
const HEADER = Buffer.from(JSON.stringify({ alg: ALGORITHM, typ: TYPE })).toString('base64url');
const KEY_BYTES = 32;

/**
 * Cookies that open one view's content to its viewer's browser, where no `Authorization` header can be set: a `<video>` tag.
 * A cookie says who watches which view, and nothing about whether they still may: that is asked of the ledger at every request.
 */
export class ViewCookies {
  private constructor(private readonly key: KeyObject) {}

  /** With the configured secret, or one of the data folder's own when none is configured. */
  static async create({ views, dataDir }: Config): Promise<ViewCookies> {
    const secret = views.cookieSecret ?? (await ownSecret(dataDir));
    return new ViewCookies(createSecretKey(secret, 'utf8'));
  }

  /**
   * The `Set-Cookie` for a permitted view. Out of the reach of scripts, of other sites and of every other path.
   * @param secure whether the browser may send it back over https only
   */
  issue({ viewId, viewerId, expiresAt }: ViewPass, now: number, secure: boolean): string {
    const pass = this.sign({ sub: viewerId, aud: viewId, exp: Math.floor(expiresAt.getTime() / 1_000) });
    const maxAge = Math.max(0, Math.floor((expiresAt.getTime() - now) / 1_000));
    const flags = ['HttpOnly', 'SameSite=Strict', ...(secure ? ['Secure'] : [])];
    return [`${NAME}=${pass}`, `Path=/v1/views/${viewId}/content`, `Max-Age=${maxAge}`, ...flags].join('; ');
  }

  /**
   * A JWT (RFC 7515, 7519), put together here: every permitted view gets one, and jose's way through WebCrypto and the thread pool
   * was a seventh of all the work a view made. Verifying, where input is hostile, stays with jose.
   */
  private sign(claims: { readonly sub: string; readonly aud: string; readonly exp: number }): string {
    const signed = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    return `${signed}.${createHmac('sha256', this.key).update(signed).digest('base64url')}`;
  }

  /**
   * Whom a `Cookie` header lets see this view, or undefined: also for a cookie that is no pass, expired or another view's.
   * The actor has no roles: it may be nothing but the viewer.
   */
  async verify(header: string | undefined, viewId: string): Promise<VerifiedToken | undefined> {
    for (const pass of passesIn(header)) {
      const verified = await jwtVerify(pass, this.key, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        audience: viewId,
        requiredClaims: ['exp', 'sub', 'aud'],
      }).catch(() => undefined);
      const viewer = Id.safeParse(verified?.payload.sub);
      if (verified && viewer.success)
        return {
          actor: { id: viewer.data, roles: [] },
          expiresAt: new Date(Number(verified.payload.exp) * 1_000),
        };
    }
    return undefined;
  }
}

/** Node joins several `Cookie` headers with `; `. A browser sends one of this name; a caller who sends many does not make us verify them all. */
const MOST_PASSES = 4;
const passesIn = (header = ''): readonly string[] =>
  header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${NAME}=`))
    .slice(0, MOST_PASSES)
    .map((pair) => pair.slice(NAME.length + 1));

const ownSecret = async (dataDir: string): Promise<string> => {
  const path = join(dataDir, 'view-cookie-secret');
  const secret = await keptFile(path, async () => randomBytes(KEY_BYTES).toString('hex'));
  if (secret.length < KEY_BYTES) throw refused(`${path} holds no secret; remove it and a new one is made`);
  return secret;
};
