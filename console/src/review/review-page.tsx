import { Page } from '../parts/page.tsx';

export const ReviewPage = () => <Page title="Review">…</Page>;
