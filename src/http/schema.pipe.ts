import { Readable } from 'node:stream';
import {
  type ArgumentMetadata,
  Injectable,
  StandardSchemaValidationPipe,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { type FieldProblem, ValidationFailed } from './problems.ts';

/** A hostile body can have thousands of wrong fields; the first fifty say enough. */
const MAX_PROBLEMS = 50;

/** Checks every parameter that carries a schema (`@Body({ schema })`, `@Param('id', { schema })`) and names every bad field. */
@Injectable()
export class SchemaPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => issues });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    // Recordings reach their route as an unread stream; anywhere else such a body is a mistake of the caller.
    if (metadata.type === 'body' && metadata.schema && value instanceof Readable)
      throw new UnsupportedMediaTypeException();
    try {
      return await super.transform(value, metadata);
    } catch (thrown) {
      if (!isIssues(thrown)) throw thrown;
      throw new ValidationFailed(thrown.flatMap((issue) => fieldsOf(issue, metadata)).slice(0, MAX_PROBLEMS));
    }
  }
}

type Issue = {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[];
  /** zod reports all unknown fields of an object as one issue. */
  readonly keys?: readonly string[];
};

const isIssues = (thrown: unknown): thrown is readonly Issue[] => Array.isArray(thrown);

const fieldsOf = ({ path = [], keys, message }: Issue, { data, type }: ArgumentMetadata): FieldProblem[] => {
  const steps = path.map((step) => String(typeof step === 'object' ? step.key : step));
  const at = (...more: string[]) => [...(data ? [data] : []), ...steps, ...more].join('.') || type;
  return keys ? keys.map((key) => ({ path: at(key), message: 'is not a field here' })) : [{ path: at(), message }];
};
