import { Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { ShownIds } from './shown-ids.interceptor.ts';

/** The last step of every handler's answer. After the second key's module, as the interceptor that is registered last is the nearest to the handler. */
@Module({ providers: [{ provide: APP_INTERCEPTOR, useClass: ShownIds }] })
export class AnswersModule {}
