import './styles.css';
import { render } from 'preact';
import { loadAbout } from './shell/about';
import { followLinks } from './shell/location';
import { Shell } from './shell/shell';

followLinks();
void loadAbout();
render(<Shell />, document.getElementById('app')!);
