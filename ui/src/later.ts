// Everything that the window does not show at its start: a part of its own, read once the first screen is painted.

import Accounts from './screens/accounts/Accounts.svelte';
import Activities from './screens/activities/Activities.svelte';
import Body from './screens/body/Body.svelte';
import History from './screens/history/History.svelte';
import Settings from './screens/settings/Settings.svelte';

export { default as Closing } from './frame/Closing.svelte';
export { default as CommandBox } from './frame/CommandBox.svelte';
export { default as KeyList } from './frame/KeyList.svelte';
export { default as News } from './frame/News.svelte';
export { default as RouteEditor } from './screens/accounts/RouteEditor.svelte';
export { default as SignIn } from './screens/accounts/SignIn.svelte';
export { default as Import } from './screens/activities/Import.svelte';
export { default as Period } from './screens/home/Period.svelte';
export { default as Forget } from './screens/settings/Forget.svelte';
export { default as Welcome } from './screens/welcome/Welcome.svelte';

/** The screens of the sidebar, but for the first. */
export const screens = { activities: Activities, body: Body, accounts: Accounts, history: History, settings: Settings };
