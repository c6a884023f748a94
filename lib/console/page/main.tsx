import './styles.css';
import { render } from 'preact';
import { keepAbout } from './shell/about';
import { followLinks } from './shell/location';
import { Shell } from './shell/shell';

followLinks();
keepAbout();
render(<Shell />, document.getElementById('app')!);
