import { Change, handles } from '../command-path/change.ts';
import { type FromPagerDuty, Phone } from './phone.ts';
import { type PagingTest, TestPages } from './test-pages.ts';

export class TestPaging extends Change<undefined, PagingTest> {}
export class HearPagerDuty extends Change<Omit<FromPagerDuty, 'requestId'>, void> {}

export const pagingCommands = [
  handles(TestPaging, TestPages, (tests) => tests.run()),
  handles(HearPagerDuty, Phone, (phone, { input, cause }) => phone.heard({ ...input, requestId: cause.requestId })),
];
