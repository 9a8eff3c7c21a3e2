import { isDeepStrictEqual } from 'node:util';
import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Namespace, Server } from 'socket.io';
import { accessTo, routeRoles } from '../../src/auth/route-roles.ts';
import { MeGateway } from '../../src/consultations/me.gateway.ts';
import { channels, type Messages } from '../../src/http/channels.ts';
import { declaredBy } from '../../src/http/documented.ts';
import type { ProblemCode } from '../../src/http/problems.ts';
import { BEFORE_ROUTES, refusalsOf } from '../../src/http/refusals.ts';
import { tellsAll } from '../../src/http/sockets.ts';
import { shown } from '../../src/request/person-id.ts';

/**
 * Watches every message to a socket: one that the AsyncAPI document does not have for its namespace, or has another shape of, is a promise
 * that the sockets break.
 * @returns what was told against the document so far
 */
export const watchMessages = (app: NestFastifyApplication): (() => readonly string[]) => {
  const untold = new Set<string>();
  const server = serverOf(app);
  if (!server) return () => [];
  const { encoder } = server as unknown as { encoder: { encode(packet: Packet): unknown } };
  const encode = encoder.encode.bind(encoder);
  encoder.encode = (packet) => {
    const [name, message] = packet.type === EVENT ? (packet.data as [string, unknown]) : [];
    if (name !== undefined) {
      const said = [...channels().filter(({ namespace }) => namespace === packet.nsp), { tells: tellsAll }];
      const schema = said.map(({ tells }) => (tells as Messages)[name]?.schema).find(Boolean);
      const told = plain(shown(message));
      const read = schema?.safeParse(told);
      if (!read?.success || !isDeepStrictEqual(plain(read.data), told))
        untold.add(`${packet.nsp} ${name}${read?.error ? ` (${read.error.issues[0]?.path.join('.')})` : ''}`);
    }
    return encode(packet);
  };
  return () => [...untold];
};

type Packet = { readonly type: number; readonly nsp: string; readonly data: unknown };
/** Of socket.io's protocol. */
const EVENT = 2;

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Undefined for an application without sockets. */
const serverOf = (app: NestFastifyApplication): Server | undefined => {
  try {
    const { namespace } = app.get(MeGateway, { strict: false }) as unknown as { namespace?: Namespace };
    return namespace?.server;
  } catch {
    return undefined;
  }
};

type Handler = { readonly [key: string]: unknown };

/** The document’s problems by `METHOD /pattern`, of the routes that are in it. */
const declaredRefusals = (app: NestFastifyApplication): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, ReadonlySet<string>>();
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      const prototype = (metatype as { prototype?: Handler } | null)?.prototype ?? {};
      const base = metatype ? String(Reflect.getMetadata('path', metatype)) : '';
      for (const name of Object.getOwnPropertyNames(prototype)) {
        const handler = prototype[name] as object;
        const declared = typeof handler === 'function' ? declaredBy(handler) : undefined;
        if (!declared) continue;
        const method = RequestMethod[Reflect.getMetadata('method', handler) as number] ?? '';
        const path = `/${[base, String(Reflect.getMetadata('path', handler))]
          .map((part) => part.replace(/^\/|\/$/g, ''))
          .filter(Boolean)
          .join('/')}`;
        const access = accessTo(routeRoles, method, path);
        if (access) found.set(`${method} ${path}`, refusalsOf(declared, { access, method }));
      }
    }
  }
  return found;
};

/**
 * Watches every answer of an application: a problem that the document does not name for its route is a promise that the API breaks.
 * @returns what was answered against the document so far
 */
export const watchProblems = (
  server: FastifyInstance,
  app: () => NestFastifyApplication,
): (() => readonly string[]) => {
  const untold = new Set<string>();
  let declared: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  server.addHook('onSend', (request, reply, payload, done) => {
    if (String(reply.getHeader('content-type')).startsWith('application/problem+json')) {
      declared ??= declaredRefusals(app());
      const { code } = JSON.parse(String(payload)) as { code: ProblemCode };
      const route = `${request.method === 'HEAD' ? 'GET' : request.method} ${request.routeOptions.url}`;
      const known = declared.get(route);
      if (known && !known.has(code) && !BEFORE_ROUTES.includes(code)) untold.add(`${route} ${code}`);
    }
    done(null, payload);
  });
  return () => [...untold];
};
