import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { shown } from '../request/person-id.ts';

/** Answers show ids as they were issued. Nearest to the handlers of all interceptors: the second key looks at what it made. */
@Injectable()
export class ShownIds implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map(shown));
  }
}
