// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import CodeForm from './CodeForm.svelte';
import PasswordForm from './PasswordForm.svelte';

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const field = (name: string): HTMLInputElement => screen.getByLabelText(name, { selector: 'input' });

describe('the code', () => {
  const given = { service: 'Somewhere', sentTo: 'm•••@mail.example', wrong: false, busy: false, onrestart: vi.fn() };

  it('goes on by itself at six digits, also where it was pasted with spaces', async () => {
    const onreply = vi.fn();
    render(CodeForm, { ...given, onreply });
    expect(document.activeElement).toBe(field('Code'));
    expect(field('Code').autocomplete).toBe('one-time-code');
    await fireEvent.input(field('Code'), { target: { value: '12345' } });
    expect(onreply).not.toHaveBeenCalled();
    await fireEvent.input(field('Code'), { target: { value: ' 123 456 ' } });
    expect(onreply).toHaveBeenCalledExactlyOnceWith('123456');
  });

  it('says that it was wrong and is empty for the next one', async () => {
    const { rerender } = render(CodeForm, { ...given, onreply: vi.fn() });
    await fireEvent.input(field('Code'), { target: { value: '111111' } });
    await rerender({ busy: true });
    await rerender({ busy: false, wrong: true });
    expect(screen.getByRole('status').textContent).toContain('That code was not right');
    expect(field('Code').value).toBe('');
    expect(document.activeElement).toBe(field('Code'));
  });

  it('offers to start again only after half a minute', async () => {
    vi.useFakeTimers();
    const onrestart = vi.fn();
    render(CodeForm, { ...given, onreply: vi.fn(), onrestart });
    await vi.advanceTimersByTimeAsync(29_000);
    expect(screen.queryByText('Start again')).toBeNull();
    await vi.advanceTimersByTimeAsync(1000);
    await fireEvent.click(screen.getByText('Start again'));
    expect(onrestart).toHaveBeenCalledOnce();
  });
});

describe('the password', () => {
  const given = { service: 'Somewhere', busy: false, fault: undefined, note: 'It is not stored.' };

  it('is handed over once, and stays typed where it was refused', async () => {
    const onreply = vi.fn();
    const { rerender } = render(PasswordForm, { ...given, onreply });
    await fireEvent.input(field('E-mail address'), { target: { value: ' maria@mail.example ' } });
    await fireEvent.input(field('Password'), { target: { value: ' secret ' } });
    await fireEvent.submit(screen.getByRole('button', { name: /Sign in/ }));
    expect(onreply).toHaveBeenCalledExactlyOnceWith('maria@mail.example', ' secret ');
    await rerender({ busy: true });
    await fireEvent.submit(screen.getByRole('button', { name: /Signing in/ }));
    expect(onreply).toHaveBeenCalledOnce();
    await rerender({ busy: false, fault: 'Somewhere did not accept this.' });
    expect(screen.getByRole('alert').textContent).toContain('did not accept');
    expect(field('Password').value).toBe(' secret ');
    expect(document.activeElement).toBe(field('Password'));
  });

  it('asks for what is missing and sends nothing', async () => {
    const onreply = vi.fn();
    render(PasswordForm, { ...given, onreply });
    await fireEvent.submit(screen.getByRole('button', { name: /Sign in/ }));
    expect(screen.getByRole('alert').textContent).toContain('Enter your e-mail address');
    expect(document.activeElement).toBe(field('E-mail address'));
    expect(onreply).not.toHaveBeenCalled();
  });

  it('can be shown', async () => {
    render(PasswordForm, { ...given, onreply: vi.fn() });
    expect(field('Password').type).toBe('password');
    await fireEvent.click(screen.getByRole('button', { name: 'Show password' }));
    expect(field('Password').type).toBe('text');
  });
});
