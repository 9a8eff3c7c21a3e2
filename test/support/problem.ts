import type { Problem } from '../../src/http/problems.ts';

/** The problem of an answer, after checking that it is one and agrees with the status line. */
export const problemIn = async (response: Response): Promise<Problem> => {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = (await response.json()) as Problem;
  expect(problem).toMatchObject({
    type: `urn:problem-type:consultation-ledger:${problem.code}`,
    title: expect.any(String),
    status: response.status,
    detail: expect.any(String),
    instance: expect.stringMatching(/^(\/[^?]*)?$/),
  });
  return problem;
};
