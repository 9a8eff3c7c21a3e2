import './theme.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient, session } from './api/queries.ts';
import { applyTheme } from './parts/preferences.ts';
import { router } from './router.tsx';

applyTheme();
// Every page asks first who is there: the answer is on its way while the page itself is fetched.
void queryClient.prefetchQuery(session);
const place = document.getElementById('console');
if (place === null) throw new Error('index.html has no place for the console');
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
