# The power of one unit whose pins toggle as they did in simulation. Run by `sparq synth` in a directory
# of its own that holds library.lib (the --liberty files as one), timed.v (see synth/scalar_netlist.h)
# and activity.tcl. Only the clock, in ns, is filled in.
#
# Of OpenSTA 2.0.17: `set_power_activity -pins` sets nothing. What is set here pin by pin is replaced by
# estimates in all logic that an input port reaches, and does not count where no clock arrives; so the
# unit stands between registers, whose own power is not asked for.

read_liberty library.lib
# Behind read_liberty, which makes the library's unit the commands'.
set_cmd_units -time ns
read_verilog timed.v
link_design timed
create_clock -name clk -period @CLOCK_NS@ [get_ports clk_i]

set cells {}
proc toggles {pin activity duty} {
  ::sta::set_power_pin_activity [get_pins $pin] $activity $duty
}
source activity.tcl
report_power -instances [get_cells $cells] -digits 8
